import type { Page } from "@playwright/test";

import type { ChatPage } from "../support/chat-page.ts";
import type { ScriptedModel } from "../support/scripted-model.ts";
import type { Gallery } from "./seed-gallery.ts";

/** What a scene is made with: a fresh page on one device and in one theme. */
export interface Stage {
  readonly page: Page;
  readonly chat: ChatPage;
  readonly model: ScriptedModel;
  readonly gallery: Gallery;
  /** The part of the picture's name before device and theme. */
  readonly take: (name: string) => Promise<void>;
}

/** Brings the page into one or several states and takes a picture of each. */
export type Scene = (stage: Stage) => Promise<void>;
