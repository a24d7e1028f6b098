/** Plays the sound of a place in the record, from its first second to its last. */
export function startSound(desk) {
  const player = desk.querySelector("[data-player]");
  const turns = [...desk.querySelectorAll(".said-turn")];
  let until = Infinity;

  const play = (from, to = Infinity) => {
    if (!player || !desk.dataset.hasSound) return;
    until = to;
    player.currentTime = Math.max(0, from);
    player.play().catch(() => {});
  };

  player?.addEventListener("timeupdate", () => {
    if (player.currentTime > until + 0.3) {
      until = Infinity;
      player.pause();
    }
    const begin = (turn) => Number(turn.querySelector("[data-play]")?.dataset.play ?? Infinity);
    const now = turns.findLast((turn) => begin(turn) <= player.currentTime + 0.05);
    for (const turn of turns) turn.toggleAttribute("data-now", turn === now);
  });

  // Sound is kept for a shorter time than words.
  player?.addEventListener("error", () => {
    delete desk.dataset.hasSound;
    player.hidden = true;
    desk.querySelector("[data-no-sound]").hidden = false;
  });

  desk.querySelector(".record-said").addEventListener("click", (event) => {
    const place = event.target.closest("button[data-play]");
    if (place) play(Number(place.dataset.play));
  });

  return { play };
}
