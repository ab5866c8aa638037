/** The guides that change the files of a whole app, in which `test/package/guides.test.ts` follows and compiles them. */
export const appGuides: readonly string[] = [
  "docs/guides/create-t3-app.md",
  "docs/guides/app-router.md",
  "docs/guides/prisma-7.md",
];
