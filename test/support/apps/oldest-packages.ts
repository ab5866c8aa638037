/**
 * The oldest version of each peer that works, as `peerDependencies` has it. What each of them needs:
 *
 * - tRPC 11.4 is the first that exports the types of its procedures, which our declarations name. Next.js cannot build
 *   with 11.4.0, whose exports are out of order. Its hooks need React Query 5.80.3.
 * - The declarations of `zod/v4` in zod 3.25.0 and 3.25.1 cannot be used.
 */
export const oldestPeers = {
  "@node-llm/core": "1.17.1",
  "@prisma/client": "6.16.0",
  "@tanstack/react-query": "5.80.3",
  "@trpc/client": "11.4.1",
  "@trpc/server": "11.4.1",
  react: "18.2.0",
  redis: "5.0.0",
  zod: "3.25.20",
} as const;

/** What an app of that time has beside them. */
export const oldestCompanions = {
  "@trpc/react-query": "11.4.1",
  "@trpc/tanstack-react-query": "11.4.1",
  "react-dom": "18.2.0",
  "@types/node": "20.19.0",
  "@types/react": "18.2.79",
  typescript: "5.7.2",
} as const;
