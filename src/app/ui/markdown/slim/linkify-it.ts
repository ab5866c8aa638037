/** Stands in for `linkify-it`, which markdown-it creates but the demo does not use: bare links are rules of its own. */
export class LinkifyIt {
  readonly isUnused = true;
}
