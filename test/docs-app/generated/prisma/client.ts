export { PrismaClient } from "../../../../generated/sqlite/client.ts";
