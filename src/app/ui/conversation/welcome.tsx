interface WelcomeProps {
  readonly title: string;
  readonly text: string;
}

/** What a chat shows before its first message. */
export function Welcome({ title, text }: WelcomeProps) {
  return (
    <div className="flex flex-1 flex-col items-center justify-end px-6 pt-6 pb-5 text-center">
      <h1 className="text-2xl font-semibold tracking-tight text-balance">{title}</h1>
      <p className="mt-2 max-w-md text-sm text-balance text-muted-foreground">{text}</p>
    </div>
  );
}
