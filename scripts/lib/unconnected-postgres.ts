import { ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import type {
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";

const refuse = async (): Promise<never> => {
  throw new Error(
    "This adapter has no database. The schema engine may use it only to compare schemas.",
  );
};

/** Answers the only query that the schema engine sends when it opens: does the schema exist, and which version? */
const connection: SqlDriverAdapter = {
  provider: "postgres",
  adapterName: "unconnected-postgres",
  queryRaw: async () => ({
    columnNames: ["exists", "version", "numeric_version"],
    columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
    rows: [[true, "PostgreSQL 16.0", 160_000]],
  }),
  executeRaw: refuse,
  executeScript: refuse,
  startTransaction: refuse,
  getConnectionInfo: () => ({ schemaName: "public", supportsRelationJoins: false }),
  dispose: async () => undefined,
};

/** Replaces a PostgreSQL server where the schema engine only compares two schemas. */
export const unconnectedPostgres: SqlMigrationAwareDriverAdapterFactory = {
  provider: "postgres",
  adapterName: connection.adapterName,
  connect: async () => connection,
  connectToShadowDb: async () => connection,
};
