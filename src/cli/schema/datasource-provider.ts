/** The databases that the models are written for. */
export const providers = ["sqlite", "postgresql", "mysql"] as const;

export type Provider = (typeof providers)[number];

export function isProvider(value: string): value is Provider {
  return (providers as readonly string[]).includes(value);
}

interface ProviderFacts {
  /** The driver adapters of Prisma 7 that fit; `init` recommends the first one. */
  readonly adapters: readonly string[];
  readonly exampleUrl: string;
  /** What a DATABASE_URL begins with. */
  readonly schemes: readonly string[];
}

export const providerFacts: { readonly [Name in Provider]: ProviderFacts } = {
  sqlite: {
    adapters: [
      "@prisma/adapter-better-sqlite3",
      "@prisma/adapter-libsql",
      "@prisma/adapter-bun-sqlite",
      "@prisma/adapter-d1",
    ],
    exampleUrl: "file:./dev.db",
    schemes: ["file:", "libsql:", "http:", "https:"],
  },
  postgresql: {
    adapters: ["@prisma/adapter-pg", "@prisma/adapter-neon", "@prisma/adapter-ppg"],
    exampleUrl: "postgresql://user:password@localhost:5432/app",
    schemes: ["postgresql:", "postgres:", "prisma:", "prisma+postgres:"],
  },
  mysql: {
    adapters: ["@prisma/adapter-mariadb", "@prisma/adapter-planetscale"],
    exampleUrl: "mysql://user:password@localhost:3306/app",
    schemes: ["mysql:", "mariadb:", "prisma:"],
  },
};
