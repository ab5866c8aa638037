/** A placeholder for the messages, shown only if they take a while to load. */
export function TranscriptSkeleton() {
  return (
    <div className="skeleton mx-auto w-full max-w-184 flex-1 px-4 py-6 md:px-6" aria-hidden>
      <div className="ml-auto h-10 w-2/5" />
      <div className="h-4 w-11/12" />
      <div className="h-4 w-4/5" />
      <div className="h-4 w-3/5" />
    </div>
  );
}
