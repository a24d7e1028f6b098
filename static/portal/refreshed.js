const PAUSE_MILLISECONDS = 250;

/**
 * A function that has the element with this id fetch itself anew (its `hx-get`): at most once in a while and never twice
 * at a time, however often it is called; later while nobody looks.
 */
export function refreshed(id) {
  let isRunning = false;
  let isWanted = false;
  const run = async () => {
    if (isRunning || !isWanted || document.hidden) return;
    isRunning = true;
    isWanted = false;
    await fetchAnew(id).catch((error) => console.warn("not refreshed:", error));
    setTimeout(() => {
      isRunning = false;
      run();
    }, PAUSE_MILLISECONDS);
  };
  document.addEventListener("visibilitychange", run);
  return () => {
    isWanted = true;
    run();
  };
}

async function fetchAnew(id) {
  const element = document.getElementById(id);
  if (element && window.htmx) {
    await window.htmx.ajax("GET", element.getAttribute("hx-get"), { source: element, target: element, swap: "outerHTML" });
  }
}
