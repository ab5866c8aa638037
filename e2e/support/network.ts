import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** The way between browser and server, which a test can cut. */
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
    // A server that listens on a port has an address of this form.
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** Breaks all connections and takes no new ones. */
  cut(): void {
    this.#state = "cut";
    this.#drop();
  }

  /** Nothing arrives any more on the present connections, and nobody is told. */
  silence(): void {
    this.#state = "silent";
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  restore(): void {
    // What was silent stays lost: TCP would deliver it late.
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
      // What it has sent still goes out.
      to.end();
    });
  }
}
