/**
 * The demo's policy: scripts run only with the nonce of their page, and nothing is loaded from elsewhere. Styles need
 * no nonce, since KaTeX, charts and React set them on elements.
 *
 * @param nonce a random value, new for each response
 * @param isDevelopment React needs `eval` for its stack traces then
 */
export function contentSecurityPolicy(nonce: string, isDevelopment: boolean): string {
  const unsafe = isDevelopment ? " 'unsafe-eval'" : "";
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${unsafe}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
