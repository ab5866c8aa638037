/** A UUID, version 4. `crypto.randomUUID` is missing where the page is not served over HTTPS. */
export function randomId(): string {
  return "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".replace(/x/g, () => {
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
    return (random % 16).toString(16);
  });
}
