export function Welcome() {
  return (
    <div className="flex flex-1 flex-col items-center justify-end px-6 pt-6 pb-5 text-center">
      <h1 className="text-2xl font-semibold tracking-tight text-balance">
        What would you like to know?
      </h1>
      <p className="mt-2 max-w-md text-sm text-balance text-muted-foreground">
        Chat over tRPC and Prisma. Reload the page mid-answer, and it picks up where it left off.
      </p>
    </div>
  );
}
