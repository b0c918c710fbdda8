// What every page of both web faces loads.
import "htmx.org";
import { actOnClicks } from "./clicks";
import { goToErrors } from "./errors";
import { filterPickers } from "./pickers";
import { switchThemes } from "./theme-switch";

switchThemes();
actOnClicks();
filterPickers();
goToErrors();
