import { createHash, timingSafeEqual } from "node:crypto";
import { chooseProvider } from "./choose-provider.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The address that the demo listens on: `HOST`, or this machine alone. */
export function demoHost(environment: Environment): string {
  return environment["HOST"]?.trim() || "127.0.0.1";
}

/** True for a name or an address that only reaches the machine itself. */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

/**
 * Checks that no stranger can use a model that the owner pays for.
 *
 * @throws Error when others can reach the demo, it has a real model, and there is no `DEMO_PASSWORD`
 */
export function checkDemoAccess(environment: Environment): void {
  const host = demoHost(environment);
  const { provider } = chooseProvider(environment);
  if (isLoopback(host) || provider === "offline" || readPassword(environment) !== null) return;
  throw new Error(
    `HOST is "${host}", so others can reach the demo and use ${provider} at your expense. Set DEMO_PASSWORD, which browsers then ask for, or unset HOST.`,
  );
}

/**
 * Refuses what only a foreign page or a stranger sends: on this machine alone, a request to any other name (a page can
 * point a name of its own at 127.0.0.1), and with `DEMO_PASSWORD`, one without the password.
 *
 * @returns the response, or null to let the request pass
 */
export function refuseRequest(headers: Headers, environment: Environment): Response | null {
  const name = hostName(headers.get("host") ?? "");
  if (isLoopback(demoHost(environment)) && !isLoopback(name)) {
    return new Response(
      `The demo answers to localhost alone, and not to "${name}". To open it to others, set HOST to the address to listen on, such as 0.0.0.0.\n`,
      { status: 403 },
    );
  }
  const password = readPassword(environment);
  if (password === null || isSame(sentPassword(headers), password)) return null;
  return new Response("The demo needs the password in DEMO_PASSWORD, with any user name.\n", {
    status: 401,
    headers: { "WWW-Authenticate": 'Basic realm="node-llm-trpc", charset="UTF-8"' },
  });
}

function hostName(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
}

function readPassword(environment: Environment): string | null {
  return environment["DEMO_PASSWORD"]?.trim() || null;
}

/** The password of HTTP's basic authentication; empty when there is none. */
function sentPassword(headers: Headers): string {
  const [, encoded = ""] = /^Basic ([\w+/=-]+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const credentials = Buffer.from(encoded, "base64").toString("utf8");
  return credentials.slice(credentials.indexOf(":") + 1);
}

/** Compares in a time that does not depend on how much is right. */
function isSame(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}
