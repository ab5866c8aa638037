export { Pace } from "../shared/pace.ts";
