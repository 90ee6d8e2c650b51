"""What visitors record in their browser: Chromium's own MediaRecorder writes it, in all its ways.

Such a file says nothing of its length, or only in its parts, and its pictures come when there is a
new one.
"""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.uploads import card, cards, expect_state, submit

KINDS = [
    "video/webm;codecs=vp8,opus",
    "video/webm;codecs=vp9,opus",
    "video/webm;codecs=av1,opus",
    "video/webm;codecs=h264",  # written as Matroska
    "video/mp4;codecs=avc1.42E01E,mp4a.40.2",  # Chrome has it, Debian's Chromium has not
    "video/mp4;codecs=avc1.42E01E,opus",
    "video/mp4;codecs=avc3.42E01E,opus",  # what it decodes with stands between the pictures
    "video/mp4;codecs=vp9,opus",
    "video/mp4;codecs=av01.0.04M.08,opus",
]
SIZE = (320, 240)
# All that it can, at once, of a canvas that nobody draws on for a second, and of a tone. Puts the
# recordings into the page's file field; returns {file name: its kind, and its length as it plays}.
RECORD = """async ({ kinds, size: [width, height] }) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  const sound = new AudioContext(), tone = sound.createOscillator();
  const heard = sound.createMediaStreamDestination();
  tone.connect(heard);
  tone.start();
  const tracks = [canvas.captureStream(30), heard.stream].flatMap((made) => made.getTracks());

  const record = (kind) => {
    const recorder = new MediaRecorder(new MediaStream(tracks), { mimeType: kind }), parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const made = new Promise((resolve, reject) => {
      recorder.onerror = ({ error }) => reject(`${kind}: ${error}`);
      recorder.onstop = () => resolve([kind, parts]);
    });
    recorder.start(500);
    return { recorder, made };
  };
  const recording = kinds.filter((kind) => MediaRecorder.isTypeSupported(kind)).map(record);
  const begun = performance.now();
  let drawn = 0;
  const timer = setInterval(() => {
    const second = Math.floor((performance.now() - begun) / 1000);
    if (second === 1) return;
    pen.fillStyle = "orange";
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = "white";
    pen.fillRect(drawn++ % width, 0, 20, 20);
    if (second < 3) return;
    clearInterval(timer);
    recording.forEach(({ recorder }) => recorder.stop());
  }, 30);
  const all = await Promise.all(recording.map(({ made }) => made));

  // Wound forward, Chromium plays some of its own no more.
  const lasting = (file) => new Promise((resolve, reject) => {
    const video = Object.assign(document.createElement("video"), { muted: true });
    video.onerror = () => reject(`${file.name}: ${video.error.message}`);
    video.onended = () => resolve(video.currentTime);
    video.src = URL.createObjectURL(file);
    video.play();
  });
  const files = new DataTransfer();
  const said = await Promise.all(all.map(async ([kind, parts], number) => {
    const type = kind.split(";")[0];
    const file = new File(parts, `recording ${number}.${type.split("/")[1]}`, { type });
    files.items.add(file);
    return [file.name, [kind, await lasting(file)]];
  }));
  const input = document.querySelector("input[type=file]");
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return Object.fromEntries(said);
}"""
# Plays the page's video from its middle to its end. Returns its length, and the moments of both.
PLAY = """() => new Promise((resolve, reject) => {
  const video = document.querySelector("video");
  const middle = () => video.duration / 2;
  video.muted = true;
  video.querySelector("source").onerror = () => reject("it can't be played");
  video.onerror = () => reject(video.error.message);
  video.onseeked = () => {
    const wound = video.currentTime / middle();
    video.onended = () => resolve({ length: video.duration, wound, end: video.currentTime });
    video.play();
  };
  const wind = () => { video.currentTime = middle(); };
  video.readyState ? wind() : video.onloadedmetadata = wind;
})"""


@pytest.fixture
def window(page):
    window = page()
    window.goto("/videos/new/")
    window.mouse.click(1, 1)  # without it, there is no sound
    return window


def test_recordings_are_stored_and_played(window, site):
    recorded = window.evaluate(RECORD, {"kinds": KINDS, "size": SIZE})
    assert {kind.split(";")[0] for kind, _ in recorded.values()} >= {"video/webm"}
    expect(cards(window)).to_have_count(len(recorded))
    submit(window)
    pages = {}
    for name in recorded:
        title = name.partition(".")[0]
        expect_state(card(window, title), "done")
        pages[name] = card(window, title).locator("a").get_attribute("href")
    for name, (kind, seconds) in recorded.items():
        window.goto(pages[name])
        assert lasts(window) == pytest.approx(seconds, abs=1), kind
        assert_poster(window, site)
        played = window.evaluate(PLAY)
        assert played["length"] == pytest.approx(seconds, abs=1), kind
        assert played["end"] == pytest.approx(seconds, abs=1), kind
        assert played["wound"] == pytest.approx(1, abs=0.1), kind


def lasts(window):
    """Seconds that the page says."""
    minutes, seconds = window.locator("dt:text-is('Length') + dd").inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def assert_poster(window, site):
    answer = site.visitor("owner").get(window.locator("video").get_attribute("poster"))
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == SIZE
        red, green, blue = picture.convert("RGB").getpixel((160, 200))
    assert red > 200 > green > 120 > blue
