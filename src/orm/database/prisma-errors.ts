/** True for Prisma's P2002: a unique constraint was violated. */
export function isUniqueViolation(error: unknown): boolean {
  return hasCode(error, "P2002") || isRawError(error, "UniqueConstraintViolation");
}

/** True for Prisma's P2003: a foreign key refers to a row that does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return hasCode(error, "P2003") || isRawError(error, "ForeignKeyConstraintViolation");
}

/** True for Prisma's P2025: the row to update does not exist. */
export function isRecordNotFound(error: unknown): boolean {
  return hasCode(error, "P2025");
}

/** True when a unique, foreign key or not-null constraint was violated. */
export function isConstraintViolation(error: unknown): boolean {
  return isUniqueViolation(error) || isForeignKeyViolation(error) || isNullViolation(error);
}

/** True for Prisma's P2011: a column that is not nullable would be null. */
export function isNullViolation(error: unknown): boolean {
  return hasCode(error, "P2011") || isRawError(error, "NullConstraintViolation");
}

/** True for a transaction that was rolled back because of a deadlock. */
export function isDeadlock(error: unknown): boolean {
  return (
    hasCode(error, "P2034") ||
    isRawError(error, "TransactionWriteConflict") ||
    // The adapter of Prisma 6 does not know this code of PostgreSQL.
    isRawError(error, "postgres", "40P01")
  );
}

/**
 * True for a transaction that could not begin in time, or was rolled back because it took longer than Prisma's
 * `timeout` (5 seconds). P2028 alone does not say so: it also stands for transactions that may have been committed.
 */
export function isLateTransaction(error: unknown): boolean {
  const text = String(error);
  return (
    hasCode(error, "P2028") &&
    (text.includes("Unable to start a transaction") || text.includes("on an expired transaction"))
  );
}

/**
 * True for a statement that found the database locked. A transaction then has changed nothing, because SQLite refuses
 * its first write: after the driver's timeout, or at once when the transaction has read and another process has
 * written since.
 */
export function isBusy(error: unknown): boolean {
  return (
    hasCode(error, "P1008") ||
    isRawError(error, "SocketTimeout") ||
    // The adapter of Prisma 6 passes on what it does not know, such as `SQLITE_BUSY_SNAPSHOT`.
    (error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY"))
  );
}

/** True for a statement that PostgreSQL cancelled because it took longer than its `statement_timeout`. */
export function isCancelled(error: unknown): boolean {
  return isRawError(error, "postgres", "57014");
}

/** True when the database could not be reached, or had no connection, time or lock to spare. */
export function isUnavailable(error: unknown): boolean {
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : null;
  const isConnection =
    typeof code === "string" && /^(P1\d{3}|P2024|P2028|E[A-Z]+|57P0\d)$/.test(code);
  const kinds = ["DatabaseNotReachable", "ConnectionClosed", "TooManyConnections"];
  return (
    isConnection ||
    isBusy(error) ||
    isDeadlock(error) ||
    kinds.some((kind) => isRawError(error, kind))
  );
}

/** True for Prisma's P2021 and P2022: a table or a column does not exist. */
export function isOutdated(error: unknown): boolean {
  const kinds = ["TableDoesNotExist", "ColumnNotFound"];
  return (
    hasCode(error, "P2021") ||
    hasCode(error, "P2022") ||
    kinds.some((kind) => isRawError(error, kind))
  );
}

/** The names that driver adapters have for the same, in the order of Prisma's codes. */
const unreachableKinds = [
  "AuthenticationFailed",
  "DatabaseNotReachable",
  "DatabaseDoesNotExist",
  "DatabaseAccessDenied",
  "TlsConnectionError",
  "ConnectionClosed",
];

/** True when there is no such database, or it cannot be opened: the address is wrong, or nobody answers there. */
export function isUnreachable(error: unknown): boolean {
  const code: unknown = Reflect.get(Object(error), "code");
  // better-sqlite3 throws this without a code when the folder of the file is missing.
  const isMissing = error instanceof TypeError && error.message.startsWith("Cannot open database");
  return (
    isMissing ||
    /^(P10(00|01|02|03|10|11|17)|SQLITE_CANTOPEN)/.test(String(code)) ||
    unreachableKinds.some((kind) => isRawError(error, kind))
  );
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

/** True for an error of the driver adapter, which says why a raw statement failed. */
function isRawError(error: unknown, kind: string, originalCode?: string): boolean {
  const adapterError = adapterErrorOf(error);
  const cause: unknown = adapterError instanceof Error ? adapterError.cause : null;
  if (typeof cause !== "object" || cause === null) return false;
  if (!("kind" in cause) || cause.kind !== kind) return false;
  return (
    originalCode === undefined || ("originalCode" in cause && cause.originalCode === originalCode)
  );
}

/** It is in the `meta` of P2010. Prisma 6 throws it as it is when the adapter does not know the database's code. */
function adapterErrorOf(error: unknown): unknown {
  if (error instanceof Error && error.name === "DriverAdapterError") return error;
  if (!hasCode(error, "P2010")) return null;
  const meta: unknown =
    typeof error === "object" && error !== null && "meta" in error ? error.meta : null;
  if (typeof meta !== "object" || meta === null || !("driverAdapterError" in meta)) return null;
  return meta.driverAdapterError;
}
