"""A video of the site in a real browser."""

import subprocess

import imageio_ffmpeg
import pytest

from browser.windows import late, layout_shift

SECONDS = 40


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Noise that moves: some megabytes, so that its end is not there when it begins."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    noise = f"nullsrc=size=320x240:rate=10:duration={SECONDS},geq=random(1)*255:128:128"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-f", "lavfi", "-i", noise, "-pix_fmt", "yuv420p"]
    options = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "2M"]  # its index at its end
    subprocess.run([*command, *options, path], check=True, capture_output=True)
    return path.read_bytes()


def test_video_is_wound_forward(page, site, film):
    answer = site.visitor("owner").upload("/videos/new/", "file", ("film.mp4", film))
    window = page()
    ranges = []
    window.on("response", lambda got: ranges.append((got.status, got.headers.get("content-range"))))
    window.goto(answer.headers["Location"])
    moment = window.evaluate(
        """(seconds) => new Promise((resolve, reject) => {
          const video = document.querySelector("video");
          video.muted = true;
          video.onerror = () => reject(video.error.message);
          video.onseeked = () => resolve(video.currentTime);
          const wind = () => { video.currentTime = seconds; };
          video.readyState ? wind() : video.onloadedmetadata = wind;
        })""",
        SECONDS - 5,
    )
    assert moment == SECONDS - 5
    parts = [said for status, said in ranges if status == 206]
    assert any(not said.startswith("bytes 0-") for said in parts), ranges


def test_video_plays_before_all_of_it_has_come(page, site, film):
    answer = site.visitor("owner").upload("/videos/new/", "file", ("film.mp4", film))
    window = page()
    session = window.context.new_cdp_session(window)
    slow = {"offline": False, "latency": 20, "downloadThroughput": 500_000, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", slow)  # bytes a second
    window.route("**/*w.webp", late)
    window.goto(answer.headers["Location"])
    shown = window.evaluate(
        """() => new Promise((resolve, reject) => {
          const video = document.querySelector("video");
          video.muted = true;
          video.querySelector("source").onerror = () => reject("it can't be played");
          video.ontimeupdate = () => {
            if (video.currentTime > 0.3) {
              video.pause();
              const { poster, width, height } = video;
              resolve([video.buffered.end(0), poster, width, height]);
            }
          };
          video.play();
        })"""
    )
    buffered, poster, width, height = shown
    assert buffered < SECONDS - 5
    assert (width, height) == (320, 240)
    # What is inside the browser's own player has no node: its slider is drawn twice.
    assert [moved for moved in layout_shift(window) if any(moved[1:])] == []
    assert site.visitor("owner").get(poster).headers["Content-Type"] == "image/webp"
