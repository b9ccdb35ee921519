"""The page of a run in a real browser: it plays, in step, and looks like something."""

import itertools
import time

import cv2
import numpy as np
import pytest

from tests.chromium import open_chromium
from v2v_tf.visualization.players import Player, PlayerClip, Tile, embed_frames
from v2v_tf.visualization.run_page import RunPage, render_page

FPS, NUM_FRAMES, STEP = 12.5, 20, 12
TILES = ("real", "fake", "mask", "flow")
# Frames carry their number as a grey level: what is seen is what is counted.
READ_FRAMES = f"""
[...document.querySelectorAll('.clip:not([hidden]) video')].map((video) => {{
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 8;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 8, 8);
  return Math.round(context.getImageData(4, 4, 1, 1).data[0] / {STEP}) - 1;
}})"""


def clip(name: str, num_frames: int, tiles: tuple[str, ...] = TILES) -> PlayerClip:
    levels = STEP * (1 + np.arange(num_frames, dtype=np.uint8))
    frames = np.broadcast_to(levels[:, None, None, None], (num_frames, 64, 96, 3))
    video = embed_frames(frames, FPS)
    return PlayerClip(name, [Tile(tile, video) for tile in tiles], f"of {name}")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    clips = [clip("first", NUM_FRAMES), clip("second", 9)]
    player = Player("Generated", clips)
    path = tmp_path_factory.mktemp("page") / "report.html"
    report = RunPage(title="A run", explanation="What it is.", players=[player])
    path.write_text(render_page(report), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with open_chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def tab(browser, page):
    browser.open(page, (1280, 900))
    browser.wait(
        "[...document.querySelectorAll('.clip:not([hidden]) video')].every("
        "(video) => video.readyState >= 3 && !video.seeking)"
    )
    return browser


def state(tab) -> str:
    return tab.evaluate("document.querySelector('.player').dataset.state")


def shown(tab, frame: int) -> bool:
    """Waits until every video shows a frame, and nothing else says otherwise."""
    tab.wait(f"document.querySelector('.player').dataset.frame === '{frame}'")
    tab.wait(f"{READ_FRAMES}.every((seen) => seen === {frame})")
    counter = tab.evaluate("document.querySelector('.counter').textContent")
    return counter.startswith(f"{frame + 1} / ")


def test_every_video_is_decoded(tab):
    sizes = tab.evaluate(
        "[...document.querySelectorAll('.clip:not([hidden]) video')]"
        ".map((video) => [video.videoWidth, video.videoHeight, video.error])"
    )
    assert sizes == [[96, 64, None]] * len(TILES)
    assert shown(tab, 0) and state(tab) == "paused"


def test_it_plays_in_step(tab):
    """Sampled while it plays, over the end of the clip, on the screen itself."""
    tab.evaluate("document.querySelector('.play').click()")
    seen = []
    end = time.monotonic() + 1.6 * NUM_FRAMES / FPS
    while time.monotonic() < end:
        playing, frames = tab.evaluate(
            f"[document.querySelector('.player').dataset.state, {READ_FRAMES}]"
        )
        if playing == "playing":
            seen.append(frames)
    assert len(seen) >= 10
    assert max(max(frames) - min(frames) for frames in seen) <= 1
    firsts = [frames[0] for frames in seen]
    assert max(firsts) >= NUM_FRAMES // 2, "it advances"
    assert any(b < a for a, b in itertools.pairwise(firsts)), "and repeats"
    tab.evaluate("document.querySelector('.play').click()")
    assert state(tab) == "paused"
    assert shown(tab, int(tab.evaluate("document.querySelector('.scrub').value")))


def test_a_video_that_runs_ahead_is_brought_back(tab):
    tab.evaluate("document.querySelector('.play').click()")
    tab.wait("Number(document.querySelector('.player').dataset.frame) >= 2")
    frame = tab.evaluate("""new Promise((resolve) => {
        const player = document.querySelector('.player');
        document.querySelectorAll('video')[1].currentTime += 0.4;
        new MutationObserver(() => resolve(Number(player.dataset.frame))).observe(
            player, { attributes: true, attributeFilter: ['data-state'] });
    })""")
    assert 0 < frame < NUM_FRAMES - 1, "at once, not where the clip begins again"
    tab.wait("document.querySelector('.player').dataset.state === 'playing'")
    times = tab.evaluate(
        "[...document.querySelectorAll('.clip:not([hidden]) video')]"
        ".map((video) => video.currentTime)"
    )
    assert max(times) - min(times) < 0.5 / FPS


def test_the_scrubber_shows_its_frame_in_all(tab):
    for frame in (13, 4, NUM_FRAMES - 1):
        tab.evaluate(
            "(() => { const scrub = document.querySelector('.scrub');"
            f"scrub.value = {frame}; scrub.dispatchEvent(new Event('input')); }})()"
        )
        assert shown(tab, frame)


def test_keys(tab):
    for key, shift, frame in (
        *(("ArrowRight", False, 1), ("ArrowRight", True, 11), ("ArrowLeft", False, 10)),
        *(("End", False, 19), ("ArrowRight", False, 19), ("Home", False, 0)),
    ):
        tab.press(key, shift=shift)
        assert shown(tab, frame), key
    tab.press(" ", "Space")
    tab.wait("document.querySelector('.player').dataset.state === 'playing'")
    tab.press(" ", "Space")
    assert state(tab) == "paused"


def test_toggles_hide_a_tile_and_bring_it_back_in_step(tab):
    height = "document.querySelector('[data-tile=mask]').offsetHeight"
    box = "document.querySelector('.toggles input[value=mask]')"
    assert tab.evaluate(height) > 0
    tab.evaluate(f"{box}.click()")
    assert tab.evaluate(height) == 0
    tab.press("ArrowRight")
    tab.press("ArrowRight")
    tab.press("m")
    assert tab.evaluate(f"{height} > 0 && {box}.checked") is True
    assert shown(tab, 2)
    tab.press("f")
    assert tab.evaluate("document.querySelector('[data-tile=flow]').offsetHeight") == 0


def test_another_clip(tab):
    tab.press("ArrowRight", shift=True)
    tab.evaluate(
        "(() => { const choose = document.querySelector('.choose');"
        "choose.value = 1; choose.dispatchEvent(new Event('change')); })()"
    )
    assert shown(tab, 8), "its last frame: it has no eleventh"
    assert tab.evaluate("document.querySelectorAll('.clip:not([hidden])').length") == 1
    assert tab.evaluate("document.querySelector('.counter').textContent") == "9 / 9"


def test_nothing_is_fetched(tab, page):
    assert page.resolve().as_uri() in tab.requests
    others = {url for url in tab.requests if url != page.resolve().as_uri()}
    assert all(url.startswith("data:") for url in others)


@pytest.mark.parametrize("size", [(1280, 900), (420, 900)])
@pytest.mark.parametrize("dark", [False, True])
def test_screenshots(browser, page, size, dark):
    browser.open(page, size, dark)
    browser.press("End")
    assert shown(browser, NUM_FRAMES - 1)
    assert browser.evaluate("document.documentElement.scrollWidth") <= size[0]
    encoded = np.frombuffer(browser.screenshot(), np.uint8)
    picture = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (size[1], size[0])
    assert (picture[:4].mean() < 80) == dark
    boxes = browser.evaluate(
        "[...document.querySelectorAll('.clip:not([hidden]) video')].map((video) => {"
        "const box = video.getBoundingClientRect();"
        "return [box.left, box.top, box.right, box.bottom]; })"
    )
    for left, top, right, bottom in boxes:
        middle = picture[int(top + bottom) // 2, int(left + right) // 2]
        assert abs(int(middle) - STEP * NUM_FRAMES) <= 3
