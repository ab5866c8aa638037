/** A UUID, version 4. `crypto.randomUUID` is missing where the page is not served over HTTPS. */
export function randomId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const random = crypto.getRandomValues(new Uint8Array(31));
  let next = 0;
  // "x" is any hexadecimal digit, "y" one of 8, 9, a and b.
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (place) => {
    const digit = (random[next++] ?? 0) & 15;
    return (place === "x" ? digit : (digit & 3) | 8).toString(16);
  });
}
