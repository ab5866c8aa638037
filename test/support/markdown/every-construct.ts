/** A Markdown text with everything that the demo renders. */
export const everyConstruct = `# A title with *emphasis*

Text with **bold**, *italic*, ***both***, ~~struck~~ and \`code\`. A [link](https://example.com/a_(b) "Title"), a
[reference][guide], <https://example.com/auto> and https://example.com/bare_link. An escaped \\* star, AT&T and &amp;.

## Lists

- one
- **two** with \`code\`
  - nested [link](https://example.com)
  - more

    a second paragraph
- three

1. first
2. second
   - inside

10. ten

- [x] done
- [ ] to do

### Code

\`\`\`ts
const a = "**not bold**"; // \`tick\`
- not a list

| not | a table |
# not a title
\`\`\`

    indented code

~~~
tildes
~~~

| Name | Value |
|:-----|------:|
| **a** | 1 |
| \`b\` | [two](https://example.com) |

> A quote with **bold**
> on two lines
>
> - and a list

> [!WARNING]
> Mind the *gap*.

Inline \\(a_1 * b_1 * c\\) and $e^{i\\pi}$, for $5 or $10.

\\[
\\sum_{i=1}^{n} i
\\]

$$
x^2
$$

Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O.

これは**「強調」**です。詳しくはhttps://example.com/aを見てください。

مرحبا! استخدم \`npm start\` لتشغيل التطبيق.

![An image](https://example.com/i.png)

---

A claim[^note] and another[^2].

The end of the text with **bold at the end**.

[guide]: https://example.com/guide "The guide"

[^note]: The *source*.
[^2]: Another source.
`;
