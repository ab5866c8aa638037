/** The databases that `init` and `sync` support, under the names that Prisma's datasource uses. */
export const datasourceProviders = ["sqlite", "postgresql", "mysql"] as const;

export type DatasourceProvider = (typeof datasourceProviders)[number];

/** Reads a provider's name, `postgres` included. Returns null for a database that is not supported. */
export function toDatasourceProvider(value: string): DatasourceProvider | null {
  const name = value === "postgres" ? "postgresql" : value;
  return datasourceProviders.find((provider) => provider === name) ?? null;
}

interface DatabaseFacts {
  /** Driver adapters of Prisma 7 for this database. `init` recommends the first. */
  readonly adapters: readonly string[];
  readonly exampleUrl: string;
  /** The schemes that a DATABASE_URL may start with. */
  readonly schemes: readonly string[];
}

export const databaseFacts: { readonly [Name in DatasourceProvider]: DatabaseFacts } = {
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
