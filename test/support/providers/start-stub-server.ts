import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server on 127.0.0.1 that stands in for a provider. */
export interface StubServer {
  readonly origin: string;
  /** Resolves when the connection of request `index` has closed. */
  closed(index: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server that reads the JSON body of each request and lets `answer` write the response. */
export async function startStubServer<Body>(
  answer: (body: Body, response: ServerResponse, request: IncomingMessage) => Promise<void> | void,
  port = 0,
): Promise<StubServer> {
  /** The requests whose connections are open. */
  const closings = new Map<number, Promise<void>>();
  let count = 0;
  const server = createServer((request, response) => {
    const index = count++;
    const closing = new Promise<void>((resolve) => response.on("close", resolve));
    closings.set(index, closing);
    void closing.then(() => closings.delete(index));
    const handle = async (): Promise<void> => {
      const pieces: Buffer[] = [];
      for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
      // Clients of the provider send bodies of this type. The stubs check them and say what is wrong.
      await answer(JSON.parse(Buffer.concat(pieces).toString("utf8")) as Body, response, request);
    };
    void handle().catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  // The address of a server that listens on a port has this type.
  const address = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${address.port}`,
    closed: async (index) => await closings.get(index),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Drops the connection in the middle of a stream, once what was written has been sent. */
export async function dropConnection(response: ServerResponse): Promise<void> {
  await new Promise((resolve) => response.write(": last words\n\n", resolve));
  response.destroy();
}
