"""Home: the first look of the day; each figure opens the page behind it."""

from pages.parts import frame, session

scene = session.enter()
frame.header(scene.viewer.name, "")
