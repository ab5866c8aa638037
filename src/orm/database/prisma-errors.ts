/** True for Prisma's P2002: a unique constraint was violated. */
export function isUniqueViolation(error: unknown): boolean {
  return hasCode(error, "P2002") || isRawError(error, "UniqueConstraintViolation");
}

/** True for Prisma's P2003: a foreign key points to a row that is gone. */
export function isForeignKeyViolation(error: unknown): boolean {
  return hasCode(error, "P2003") || isRawError(error, "ForeignKeyConstraintViolation");
}

/** True for Prisma's P2025: there is no row with these values to update. */
export function isRecordNotFound(error: unknown): boolean {
  return hasCode(error, "P2025");
}

/** True when a row was refused by any of the database's rules: unique, foreign key, or not null. */
export function isConstraintViolation(error: unknown): boolean {
  const isNull = hasCode(error, "P2011") || isRawError(error, "NullConstraintViolation");
  return isUniqueViolation(error) || isForeignKeyViolation(error) || isNull;
}

/** True for a transaction that was rolled back since it and another one waited for each other. */
export function isDeadlock(error: unknown): boolean {
  return hasCode(error, "P2034") || isRawError(error, "TransactionWriteConflict");
}

/**
 * True for a transaction that could not begin in time, or that took too long (Prisma's `timeout`, 5 seconds) and was
 * rolled back. P2028 also stands for others, which may have done something.
 */
export function isLateTransaction(error: unknown): boolean {
  const text = String(error);
  return (
    hasCode(error, "P2028") &&
    (text.includes("Unable to start a transaction") || text.includes("on an expired transaction"))
  );
}

/**
 * True for a statement that found the database locked. Of a transaction nothing has been done then: SQLite refuses
 * its first write, after the driver's timeout, or at once when it has read before and another process has written.
 */
export function isBusy(error: unknown): boolean {
  return hasCode(error, "P1008") || isRawError(error, "SocketTimeout");
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

/** A raw statement fails with P2010; the driver adapter's error in `meta` says why. */
function isRawError(error: unknown, kind: string): boolean {
  if (!hasCode(error, "P2010")) return false;
  const meta: unknown =
    typeof error === "object" && error !== null && "meta" in error ? error.meta : null;
  if (typeof meta !== "object" || meta === null || !("driverAdapterError" in meta)) return false;
  const cause: unknown =
    meta.driverAdapterError instanceof Error ? meta.driverAdapterError.cause : null;
  return typeof cause === "object" && cause !== null && "kind" in cause && cause.kind === kind;
}
