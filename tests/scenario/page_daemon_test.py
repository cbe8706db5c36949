"""The live page in a browser, served by awpsd itself: what page_test.py holds of a made-up daemon
that the real one says, too.
"""

from admin_site import AdminSite
from page_checks import PageChecks
from scenario import Scenario, main


class PageOfTheDaemon(PageChecks, Scenario):
    def setUp(self):
        super().setUp()
        self.site = AdminSite(self.folder)
        self.daemons.append(self.site.daemon)
        self.addCleanup(self.site.close)


if __name__ == "__main__":
    main()
