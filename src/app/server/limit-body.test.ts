import { expect, it } from "vitest";

import { limitBody } from "./limit-body.ts";

const url = "http://localhost/api/trpc";

function streamed(init: RequestInit): Request {
  const whole: RequestInit & { duplex: "half" } = { ...init, method: "POST", duplex: "half" };
  return new Request(url, whole);
}

/** A request whose body arrives in pieces, without a length in its headers. */
function post(pieces: readonly string[]): Request {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const headers = { "content-type": "application/json" };
  return streamed({ headers, body });
}

it("passes on a body up to the limit, with everything else of the request", async () => {
  const limited = limitBody(post(['{"a"', ":1}"]), 7);
  expect(limited.method).toBe("POST");
  expect(limited.headers.get("content-type")).toBe("application/json");
  expect(await limited.json()).toEqual({ a: 1 });
});

it("fails with an error for the client as soon as the body is longer", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(100));
    },
  });
  await expect(limitBody(streamed({ body: endless }), 1_000).text()).rejects.toMatchObject({
    code: "PAYLOAD_TOO_LARGE",
  });
  expect(pulled).toBeLessThan(20);
});

it("leaves a request without a body alone", () => {
  const request = new Request(url);
  expect(limitBody(request, 1)).toBe(request);
});
