"use client";

import type { ComponentType, ReactNode } from "react";
import { createElement, useEffect, useState } from "react";

/** How often a load is tried again. Turbopack tries each twice. */
const maxRetries = 10;
const retryDelay = 1_000;

/**
 * Makes a component that loads another one when it is first shown, and shows `fallback` meanwhile. Not with `lazy`, which
 * never loads again after a failure, such as that of a user who is offline for a moment.
 */
export function loadLater<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props & { readonly fallback?: ReactNode }> {
  let loaded: ComponentType<Props> | null = null;
  return function Later({ fallback = null, ...props }: Props & { readonly fallback?: ReactNode }) {
    const [Shown, setShown] = useState(() => loaded);
    const [failure, setFailure] = useState<unknown>(null);
    useEffect(() => {
      let isGone = false;
      let timer: ReturnType<typeof setTimeout>;
      const attempt = async (retriesLeft: number): Promise<void> => {
        try {
          loaded ??= await load();
          if (!isGone) setShown(() => loaded);
        } catch (error) {
          if (isGone) return;
          if (retriesLeft === 0) setFailure(error);
          else timer = setTimeout(() => void attempt(retriesLeft - 1), retryDelay);
        }
      };
      void attempt(maxRetries);
      return () => {
        isGone = true;
        clearTimeout(timer);
      };
    }, []);
    // The error page offers to try again.
    if (failure !== null) throw failure;
    // TypeScript does not know that what is left of the props is `Props`.
    return Shown === null ? fallback : createElement(Shown, props as Props);
  };
}
