import { randomBytes } from "node:crypto";
import type { NextRequest } from "next/server";
import { NextResponse } from "next/server";
import { contentSecurityPolicy } from "./app/server/content-security-policy.ts";
import { refuseRequest } from "./app/server/demo-access.ts";

/** Runs before each request: refuses those that are not for this demo, and protects its pages from injected scripts. */
export function proxy(request: NextRequest): Response {
  const refusal = refuseRequest(request.headers, process.env);
  if (refusal !== null) return refusal;
  const nonce = randomBytes(16).toString("base64");
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  // Next puts the nonce of this header on its own scripts.
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}
