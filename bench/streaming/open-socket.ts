import type { Socket } from "node:net";
import { connect } from "node:net";

/** Opens a bare connection, and sends these bytes on it. */
export function openSocket(url: URL, head: string | Buffer): Socket {
  const socket = connect(Number(url.port), url.hostname);
  socket.setNoDelay(true);
  socket.on("connect", () => socket.write(head));
  return socket;
}
