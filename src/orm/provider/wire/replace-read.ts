/** The `read` of a body's reader. */
export type ReadBytes = () => Promise<ReadableStreamReadResult<Uint8Array>>;

/**
 * A body that is read in another way. Its reader is the given body's own: a stream between the two costs each chunk
 * as much again as the body itself. Only who reads it without a reader gets such a stream.
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
