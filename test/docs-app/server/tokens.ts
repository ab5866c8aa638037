/** The user's token for an MCP server, from a table of the app. */
export declare function tokenOf(userId: string): Promise<string>;
