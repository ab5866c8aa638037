/** A UUID, version 4. `crypto.randomUUID` is missing where the page is not served over HTTPS. */
export function randomId(): string {
  // Each 0, 1 and 8 becomes a random digit; that of the 8 keeps its highest bit and loses the next.
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (place) => {
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
    return (Number(place) ^ (random & (15 >> (Number(place) / 4)))).toString(16);
  });
}
