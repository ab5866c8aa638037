import type { PrismaClient } from "../../../generated/sqlite/client.ts";

export declare const prisma: PrismaClient;
