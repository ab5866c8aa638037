import { TRPCError } from "@trpc/server";

/** The types of the browser do not know what Node requires for a stream. */
interface StreamedRequest extends RequestInit {
  readonly duplex: "half";
}

/** The router's `maxMessageChars`, and what is around it in JSON. */
export const maxBodyBytes = 7_000_000;

/**
 * The same request with a body of at most so many bytes: a fetch handler has no `maxBodySize`, and whatever arrives
 * becomes one string that `JSON.parse` reads at once.
 *
 * @returns a request whose body fails with `PAYLOAD_TOO_LARGE` as soon as it is longer.
 */
export function limitBody(request: Request, maxBytes: number): Request {
  const { body, url, method, headers, signal } = request;
  if (body === null) return request;
  let bytes = 0;
  const limited = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes <= maxBytes) controller.enqueue(chunk);
        else {
          const message = `The request is too large: at most ${maxBytes / 1_000_000} MB. Send fewer files, or smaller ones.`;
          controller.error(new TRPCError({ code: "PAYLOAD_TOO_LARGE", message }));
        }
      },
    }),
  );
  const init: StreamedRequest = { method, headers, signal, body: limited, duplex: "half" };
  return new Request(url, init);
}
