import type { Page } from "@playwright/test";

import type { ChatPage } from "../support/chat-page.ts";
import type { ScriptedModel } from "../support/scripted-model.ts";
import type { Gallery } from "./seed-gallery.ts";

/** What a scene gets: a new page on one device and in one theme. */
export interface Stage {
  readonly page: Page;
  readonly chat: ChatPage;
  readonly model: ScriptedModel;
  readonly gallery: Gallery;
  /** Takes a screenshot. Device and theme are appended to the name. */
  readonly take: (name: string) => Promise<void>;
}

/** Brings the page into one or more states and takes a screenshot of each. */
export type Scene = (stage: Stage) => Promise<void>;
