/** Reads a stream of chunks to its end and returns its text. */
export async function readText(
  stream: AsyncIterable<{ readonly content: string }>,
): Promise<string> {
  let text = "";
  for await (const { content } of stream) text += content;
  return text;
}
