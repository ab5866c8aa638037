export { Pace } from "../orm/pace.ts";
