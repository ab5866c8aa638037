/** The app's own session. */
export declare function useSession(): { readonly userId: string | null | undefined };
