/**
 * A body whose bytes pass by `onRead` (null at the end). They are read as they come: what waits in a body is lost
 * when its connection breaks. Its reader is the given body's own: a stream between the two costs each chunk as much again as the body itself. Only
 * who reads it in another way gets such a stream.
 */
export function tapReader(
  body: ReadableStream<Uint8Array>,
  onRead: (bytes: Uint8Array | null) => void,
): ReadableStream<Uint8Array> {
  const open = (): ReadableStreamDefaultReader<Uint8Array> => {
    const reader = body.getReader();
    const read = reader.read.bind(reader);
    return Object.assign(reader, {
      read: async () => {
        const next = await read();
        onRead(next.value ?? null);
        return next;
      },
    });
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const tapped = new ReadableStream<Uint8Array>(
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
  return Object.assign(tapped, { getReader: open });
}
