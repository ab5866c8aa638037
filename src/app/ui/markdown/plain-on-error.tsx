"use client";

import type { ReactNode } from "react";
import { Component } from "react";

interface PlainOnErrorProps {
  readonly text: string;
  readonly children: ReactNode;
}

/** Falls back to plain text if the Markdown can't be rendered, for example if it is nested too deeply. */
export class PlainOnError extends Component<
  PlainOnErrorProps,
  { readonly failedText: string | null }
> {
  override state: { readonly failedText: string | null } = { failedText: null };

  static getDerivedStateFromError(): { readonly failedText: string | null } {
    return { failedText: "" };
  }

  override render(): ReactNode {
    if (this.state.failedText === null) return this.props.children;
    return (
      <p dir="auto" className="whitespace-pre-wrap">
        {this.props.text}
      </p>
    );
  }
}
