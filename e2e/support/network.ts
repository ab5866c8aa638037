import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** A proxy between browser and server, whose connections a test can break. */
export class Network {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: "up" | "cut" | "silent" = "up";

  private constructor(target: URL) {
    this.#server = createServer((browser) => {
      if (this.#state === "cut") {
        browser.destroy();
        return;
      }
      const server = connect(Number(target.port), target.hostname);
      this.#join(browser, server);
      this.#join(server, browser);
    });
  }

  static async start(target: string): Promise<Network> {
    const network = new Network(new URL(target));
    network.#server.listen(0, "127.0.0.1");
    await once(network.#server, "listening");
    return network;
  }

  get url(): string {
    // The address of a server that listens on a port.
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** Breaks all connections and accepts no new ones. */
  cut(): void {
    this.#state = "cut";
    this.#drop();
  }

  /** Stops delivering data on the open connections without closing them. */
  silence(): void {
    this.#state = "silent";
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  restore(): void {
    // Otherwise TCP would deliver the held-back data late.
    if (this.#state === "silent") this.#drop();
    this.#state = "up";
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#drop();
    await once(this.#server, "close");
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      // Data that was already sent still goes out.
      to.end();
    });
  }
}
