import type { TabBrowser } from "../../../src/react/connection/tab-browser.ts";

interface Held {
  readonly tab: FakeTab;
  readonly release: (error?: Error) => void;
}

interface Waiting {
  readonly tab: FakeTab;
  readonly grant: () => void;
}

/** A browser whose tabs share locks and channels, and can be closed, or hang, at any moment. */
export class FakeBrowser {
  readonly held = new Map<string, Held>();
  readonly waiting = new Map<string, Waiting[]>();
  readonly channels = new Set<FakeChannel>();

  readonly #maxConnections: number;

  /** @param maxConnections How many connections its tabs may keep open. Unlimited by default, as over HTTP/2. */
  constructor(maxConnections = Number.POSITIVE_INFINITY) {
    this.#maxConnections = maxConnections;
  }

  openTab(): FakeTab {
    return new FakeTab(this, this.#maxConnections);
  }

  /** Grants a free lock to the first tab that waits for it. */
  grantNext(name: string): void {
    if (this.held.has(name)) return;
    this.waiting.get(name)?.shift()?.grant();
  }
}

export class FakeTab {
  readonly browser: TabBrowser;
  isVisible = true;
  readonly #parent: FakeBrowser;
  #isClosed = false;
  #isHung = false;
  #missed: (() => void)[] = [];

  constructor(parent: FakeBrowser, maxConnections: number) {
    this.#parent = parent;
    this.browser = {
      maxConnections,
      isVisible: () => this.isVisible,
      locks: { request: this.#request.bind(this) },
      openChannel: (name, onMessage) => new FakeChannel(parent, this, name, onMessage),
    };
  }

  /** Runs a task of the browser in this tab, as soon as the tab can. */
  run(task: () => void): void {
    if (this.#isClosed) return;
    if (this.#isHung) this.#missed.push(task);
    else queueMicrotask(() => (this.#isHung ? this.run(task) : task()));
  }

  /** From now on nothing runs in the tab, and no other tab notices. */
  hang(): void {
    this.#isHung = true;
  }

  goOn(): void {
    this.#isHung = false;
    for (const task of this.#missed.splice(0)) this.run(task);
  }

  /** Closes the tab, as a crash does: the browser releases its locks and channels. */
  close(): void {
    this.#isClosed = true;
    const { held, waiting, channels } = this.#parent;
    for (const channel of channels) if (channel.tab === this) channel.close();
    for (const [name, some] of waiting)
      waiting.set(
        name,
        some.filter(({ tab }) => tab !== this),
      );
    for (const { tab, release } of held.values()) if (tab === this) release();
  }

  async #request(
    name: string,
    options: LockOptions,
    callback: LockGrantedCallback<void>,
  ): Promise<void> {
    const { held } = this.#parent;
    if (options.steal === true) held.get(name)?.release(abortError());
    else if (held.has(name)) {
      if (options.ifAvailable === true) return await this.#call(() => callback(null));
      await this.#wait(name, options.signal);
    }
    const lock: Lock = { name, mode: "exclusive" };
    return await new Promise((resolve, reject) => {
      const release = (error?: Error): void => {
        if (held.get(name)?.release !== release) return;
        held.delete(name);
        if (error !== undefined) this.run(() => reject(error));
        this.#parent.grantNext(name);
      };
      held.set(name, { tab: this, release });
      void this.#call(() => callback(lock))
        .then(resolve, reject)
        .finally(() => release());
    });
  }

  async #wait(name: string, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((grant, reject) => {
      const { waiting } = this.#parent;
      const entry: Waiting = { tab: this, grant };
      waiting.set(name, [...(waiting.get(name) ?? []), entry]);
      signal?.addEventListener("abort", () => {
        const others = (waiting.get(name) ?? []).filter((one) => one !== entry);
        waiting.set(name, others);
        reject(abortError());
      });
    });
  }

  async #call<Output>(callback: () => Output): Promise<Awaited<Output>> {
    return await new Promise((resolve, reject) => {
      this.run(() => void Promise.resolve(callback()).then(resolve, reject));
    });
  }
}

class FakeChannel {
  readonly tab: FakeTab;
  readonly #parent: FakeBrowser;
  readonly #name: string;
  readonly #onMessage: (message: unknown) => void;

  constructor(
    parent: FakeBrowser,
    tab: FakeTab,
    name: string,
    onMessage: (message: unknown) => void,
  ) {
    this.#parent = parent;
    this.tab = tab;
    this.#name = name;
    this.#onMessage = onMessage;
    parent.channels.add(this);
  }

  postMessage(data: unknown): void {
    for (const channel of this.#parent.channels) {
      if (channel === this || channel.#name !== this.#name) continue;
      const message: unknown = structuredClone(data);
      channel.tab.run(() => {
        if (this.#parent.channels.has(channel)) channel.#onMessage(message);
      });
    }
  }

  close(): void {
    this.#parent.channels.delete(this);
  }
}

function abortError(): Error {
  return new DOMException("The lock was taken.", "AbortError");
}
