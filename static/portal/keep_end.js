/** Keeps what scrolls at its end, whatever comes inside or takes room beside it, until somebody scrolls up. */
export function keepEnd(box) {
  let top = 0;
  const end = { isFollowing: true, toEnd, watch };
  const sizes = new ResizeObserver(() => end.isFollowing && toEnd());

  function toEnd() {
    end.isFollowing = true;
    box.scrollTop = box.scrollHeight;
    // What shrank before has moved the end up; nobody scrolled.
    top = box.scrollTop;
  }

  /** To be called again where a child was replaced. */
  function watch() {
    for (const part of [box, ...box.children]) sizes.observe(part);
  }

  // Only the way back up leaves: what arrives moves the end as well.
  box.addEventListener("scroll", () => {
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    if (isAtEnd || box.scrollTop < top) end.isFollowing = isAtEnd;
    top = box.scrollTop;
  });
  watch();
  return end;
}
