"""What visitors see and do, as far as no file is sent."""


def test_overview_opens(page):
    window = page()
    window.goto("/")
    assert window.title() == "My Media Site"
    assert window.get_by_role("button", name="Log out").is_visible()
