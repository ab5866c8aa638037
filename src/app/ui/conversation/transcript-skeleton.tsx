/** A placeholder for the messages, shown only if they take a while to load. */
export function TranscriptSkeleton() {
  return (
    <div
      className="mx-auto w-full max-w-184 flex-1 px-4 py-6 transition-opacity delay-300 duration-200 starting:opacity-0 md:px-6 [&>div]:mb-3 [&>div]:animate-pulse [&>div]:rounded-lg [&>div]:bg-accent"
      aria-hidden
    >
      <div className="ms-auto mb-8! h-10 w-2/5" />
      <div className="h-4 w-11/12" />
      <div className="h-4 w-4/5" />
      <div className="h-4 w-3/5" />
    </div>
  );
}
