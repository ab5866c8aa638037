/** The `read` of a body's reader. */
export type ReadBytes = () => Promise<ReadableStreamReadResult<Uint8Array>>;

/**
 * Replaces the `read` of a body's reader. `getReader` returns the body's own reader, because a stream in between would
 * double the cost of each chunk. Other ways to read the body go through such a stream.
 */
export function replaceRead(
  body: ReadableStream<Uint8Array>,
  replace: (read: ReadBytes) => ReadBytes,
): ReadableStream<Uint8Array> {
  const open = (): ReadableStreamDefaultReader<Uint8Array> => {
    const reader = body.getReader();
    return Object.assign(reader, { read: replace(reader.read.bind(reader)) });
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const replaced = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        reader ??= open();
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => (reader ?? body).cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return Object.assign(replaced, { getReader: open });
}
