"""Parts that events carry: nested objects, named as in the published records (Data Access API, sections of each data type).

Their members have the published names, odd ones included (`iPV4`, `OriginatingChannel`), so that a part of an event and the
record made of it read alike.
"""

from enum import IntEnum, StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from trunkline.events.envelope import Int, Long, Name, Text

Some = Meta(max_length=100)
"""No list in an event is longer."""


class Part(
    Struct,
    rename="camel",
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """A nested object; every member that is not known may be left out."""


class Device(StrEnum):
    """What the visitor uses."""

    NA = "NA"
    DESKTOP = "DESKTOP"
    TABLET = "TABLET"
    MOBILE = "MOBILE"


class OperatingSystem(StrEnum):
    """What runs on the visitor's device."""

    NA = "NA"
    WINDOWS = "WINDOWS"
    MAC_OS = "MAC_OS"
    LINUX = "LINUX"
    IOS = "IOS"
    ANDROID = "ANDROID"


class ControlGroup(StrEnum):
    """Whether the visitor takes part in an experiment, and on which side."""

    NA = "NA"
    TEST = "TEST"
    CONTROL = "CONTROL"


class Geo(Part):
    """Where the visitor is."""

    ipv4: Name | None = field(default=None, name="iPV4")
    ipv6: Name | None = field(default=None, name="iPV6")
    country: Name | None = None
    city: Name | None = None
    state: Name | None = None
    org: Name | None = None
    isp: Name | None = None
    country_code: Name | None = None


class SessionInfo(Part):
    """What the visitor came with."""

    user_agent: Text | None = None
    device_os: OperatingSystem | None = field(default=None, name="deviceOS")
    device_family: Device | None = None
    site_control_group: ControlGroup | None = None
    search_engine: Annotated[
        Name | None, Meta(description="Where it is left out, it is told from the first referrer.")
    ] = None
    search_engine_key: Annotated[Text | None, Meta(description="The words that were searched.")] = None


class Revised(Part):
    """A visitor profile or behaviour, in one of its revisions."""

    id: Long | None = None
    revision: Long | None = None


class Campaign(Part):
    """A campaign of the site."""

    id: Long | None = None
    visitor_profiles: Annotated[list[Revised], Some] | None = None


class CampaignGoal(Part):
    """The goal of a campaign."""

    id: Long | None = None
    type: Int | None = None
    indicator_type: Int | None = None


class SurveySkill(Part):
    """A skill among which a survey lets choose."""

    id: Long | None = None
    name: Name | None = None


class Engagement(Part):
    """An invitation to talk, as a visitor sees it. `type`: 0 peeling corner, 1 overlay, 2 toaster, 3 slide-out, 5 embedded, 6 sticky."""

    id: Long | None = None
    channel: Name | None = None
    type: Name | None = None
    visitor_behaviors: Annotated[list[Revised], Some] | None = None
    skill_id: Annotated[Int | None, Meta(description="-1: none.")] = None
    skill_name: Name | None = None
    survey_skills: Annotated[list[SurveySkill], Some] | None = None
    is_offsite_engagement: bool | None = None
    availability_policy: Name | None = None
    interaction_type: Int | None = None
    rendering_type: Int | None = None


class EligibleCampaign(Part):
    """A campaign whose conditions the visitor meets, with the engagements that may be shown."""

    campaign: Campaign | None = None
    engagements: Annotated[list[Engagement], Some] | None = None
    goal: CampaignGoal | None = None
    control_group_type: ControlGroup | None = None


class Product(Part):
    """An article."""

    name: Name | None = None
    category: Name | None = None
    sku: Name | None = None
    price: float | None = None


class ProductContainer(Part):
    """An article and how many of it."""

    product: Product | None = None
    quantity: Int | None = None


class CartStatus(Part):
    """What lies in the cart."""

    total: float | None = None
    num_items: Int | None = None
    products: Annotated[list[ProductContainer], Some] | None = None


class Purchase(Part):
    """Something was bought."""

    total: float | None = None
    order_id: Name | None = None
    cart: CartStatus | None = None


class Lead(Part):
    """Somebody may become a customer."""

    topic: Name | None = None
    lead_id: Name | None = None
    value: float | None = None


class Day(Part):
    """A calendar day."""

    year: Int | None = None
    month: Int | None = None
    day: Int | None = None


class CustomerInfo(Part):
    """What the site knows of a customer."""

    is_authenticated: bool | None = None
    authenticated_conversation_id: Name | None = None
    customer_status: Name | None = None
    customer_type: Name | None = None
    balance: float | None = None
    customer_id: Name | None = None
    social_id: Name | None = None
    imei: Name | None = None
    user_name: Name | None = None
    company_size: Int | None = None
    account_name: Name | None = None
    role: Name | None = None
    store_zip_code: Name | None = None
    store_number: Name | None = None
    last_payment_date: Day | None = None
    registration_date: Day | None = None


class CustomerAge(Part):
    """How old the visitor is, as far as it is known."""

    customer_age_in_years: Int | None = None
    customer_year_of_birth: Int | None = None
    customer_month_of_birth: Int | None = None
    customer_date_of_birth: Int | None = field(default=None, name="CustomerDateOfBirth")


class Contact(Part):
    """How the visitor can be reached."""

    email: Name | None = None
    phone: Name | None = None


class PersonalInfo(Part):
    """Who the visitor is."""

    is_authenticated: bool | None = None
    authenticated_conversation_id: Name | None = None
    name: Name | None = None
    surname: Name | None = None
    gender: Name | None = None
    company: Name | None = None
    customer_age: CustomerAge | None = None
    contacts: Annotated[list[Contact], Some] | None = None


class ViewedProduct(Part):
    """Articles that were looked at."""

    products: Annotated[list[ProductContainer], Some] | None = None


class ServiceActivity(Part):
    """Something was done for the visitor."""

    topic: Name | None = None
    status: Int | None = None
    category: Name | None = None
    service_id: Name | None = None


class VisitorError(Part):
    """Something failed on the site."""

    context_id: Name | None = None
    message: Text | None = None
    code: Long | None = None
    level: Long | None = None
    resolved: bool | None = None


class MarketingCampaignInfo(Part):
    """What brought the visitor to the site."""

    originating_channel: Int | None = field(default=None, name="OriginatingChannel")
    affiliate: Name | None = None
    campaign_id: Name | None = None


class UrlGoal(Part):
    """A page was reached."""

    url: Text | None = None


class PurchaseGoal(Part):
    """Something was bought."""

    total: float | None = None
    order_id: Name | None = None
    cart_status: CartStatus | None = None


class ReduceAbandonmentGoal(Part):
    """The visitor stayed."""

    number_of_pages: Int | None = None


class IncreaseInteractionGoal(Part):
    """The visitor began to talk."""

    engagement: Engagement | None = None
    campaign: Campaign | None = None


class FileData(Part):
    """A file that stands in a line."""

    caption: Text | None = None
    file_type: Annotated[Name | None, Meta(description="JPG, PNG, GIF, TXT, PDF.")] = None


class LinkData(Part):
    """A link that stands in a line."""

    external_file_link: Text | None = None
    file_type: Name | None = None
    caption: Text | None = None


class SurveyAnswer(Part):
    """What was asked and what was answered."""

    question: Text | None = None
    answer: Text | None = None
    answer_type: Int | None = None
    csat_threshold: Annotated[float | None, Meta(description="-1: not a question about satisfaction.")] = None


class LineType(IntEnum):
    """Who wrote a line and how: 0 visitor, 1 agent, 2 control, 3 agent's URL, 4 agent's HTML, 5 agent's comment."""

    VISITOR = 0
    REP = 1
    CONTROL = 2
    REP_URL = 3
    REP_HTML = 4
    REP_COMMENT = 5
