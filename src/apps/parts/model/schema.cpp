#include "apps/parts/model/schema.hpp"

namespace sluice::parts {

namespace {

constexpr std::int32_t application_id = 0x536c5061;  // "SlPa"

// A released step never changes, because sqlite/database/migration.hpp compares it. A later change is a new step.
constexpr std::string_view tables = R"(
-- Name and value of what concerns the whole project.
CREATE TABLE Project(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE Users(
    username TEXT PRIMARY KEY CHECK(username <> ''),
    full_name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK(role IN ('Designer', 'Viewer', 'Admin')),
    is_active INTEGER NOT NULL DEFAULT 1 CHECK(is_active IN (0, 1)),
    created_date INTEGER NOT NULL
) STRICT;

-- A workflow divides the four statuses of a revision into states of its own.
CREATE TABLE Workflows(
    workflow_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK(name <> ''),
    description TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE WorkflowStates(
    workflow_id INTEGER NOT NULL REFERENCES Workflows,
    state TEXT NOT NULL CHECK(state <> ''),
    status TEXT NOT NULL CHECK(status IN ('Draft', 'In Review', 'Released', 'Obsolete')),
    position INTEGER NOT NULL,  -- the first one of a status is where a revision enters it
    PRIMARY KEY(workflow_id, state),
    UNIQUE(workflow_id, position)
) STRICT;
CREATE TABLE WorkflowTransitions(
    workflow_id INTEGER NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    role TEXT CHECK(role IN ('Designer', 'Viewer', 'Admin')),  -- NULL: as the table of permissions says
    PRIMARY KEY(workflow_id, from_state, to_state),
    FOREIGN KEY(workflow_id, from_state) REFERENCES WorkflowStates(workflow_id, state),
    FOREIGN KEY(workflow_id, to_state) REFERENCES WorkflowStates(workflow_id, state)
) STRICT;

CREATE TABLE Categories(
    category TEXT NOT NULL CHECK(category GLOB '[A-Z][A-Z]'),
    subcategory TEXT NOT NULL CHECK(subcategory GLOB '[A-Z0-9][A-Z0-9][A-Z0-9]'),
    name TEXT NOT NULL,
    workflow_id INTEGER NOT NULL DEFAULT 1 REFERENCES Workflows,
    PRIMARY KEY(category, subcategory)
) STRICT;

-- The part_id that the next part gets, taken by the transaction that creates it: numbers have no gaps.
CREATE TABLE PartSequence(id INTEGER PRIMARY KEY CHECK(id = 1), next_value INTEGER NOT NULL) STRICT;

-- Name and description are those of the newest revision.
CREATE TABLE Parts(
    part_id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    category TEXT NOT NULL,
    subcategory TEXT NOT NULL,
    name TEXT NOT NULL CHECK(name <> ''),
    description TEXT NOT NULL DEFAULT '',
    created_by TEXT NOT NULL REFERENCES Users,
    created_date INTEGER NOT NULL,
    modified_date INTEGER NOT NULL,
    CHECK(number = category || '-' || subcategory || '-' || part_id),
    FOREIGN KEY(category, subcategory) REFERENCES Categories
) STRICT;
CREATE INDEX Parts_category ON Parts(category, subcategory);

CREATE TABLE Revisions(
    revision_id INTEGER PRIMARY KEY,
    part_id INTEGER NOT NULL REFERENCES Parts,
    version INTEGER NOT NULL CHECK(version >= 1),
    status TEXT NOT NULL DEFAULT 'Draft' CHECK(status IN ('Draft', 'In Review', 'Released', 'Obsolete')),
    workflow_state TEXT NOT NULL,
    name TEXT NOT NULL CHECK(name <> ''),
    description TEXT NOT NULL DEFAULT '',
    author TEXT NOT NULL REFERENCES Users,
    review_round INTEGER NOT NULL DEFAULT 0,  -- counts the submissions
    created_date INTEGER NOT NULL,
    submitted_date INTEGER,
    released_date INTEGER,
    obsoleted_date INTEGER,
    commit_hash TEXT,  -- of git, once the outbox has been there
    UNIQUE(part_id, version)
) STRICT;
-- One at a time is worked on.
CREATE UNIQUE INDEX Revisions_open ON Revisions(part_id) WHERE status IN ('Draft', 'In Review');
CREATE INDEX Revisions_status ON Revisions(status);

-- The lines of a revision's bill of materials.
CREATE TABLE Relationships(
    relationship_id INTEGER PRIMARY KEY,
    parent_revision_id INTEGER NOT NULL REFERENCES Revisions,
    child_part_id INTEGER NOT NULL REFERENCES Parts,
    quantity REAL NOT NULL CHECK(quantity > 0 AND quantity < 1e12),
    reference TEXT NOT NULL DEFAULT '',  -- designators: R1, R2
    note TEXT NOT NULL DEFAULT '',
    UNIQUE(parent_revision_id, child_part_id)
) STRICT;
CREATE INDEX Relationships_child ON Relationships(child_part_id);

CREATE TABLE Properties(
    property_id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES Revisions,
    key TEXT NOT NULL CHECK(key <> ''),
    value TEXT NOT NULL,
    UNIQUE(revision_id, key)
) STRICT;

CREATE TABLE Approvals(
    approval_id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES Revisions,
    review_round INTEGER NOT NULL,
    approver TEXT NOT NULL REFERENCES Users,
    status TEXT NOT NULL DEFAULT 'Pending' CHECK(status IN ('Pending', 'Approved', 'Rejected')),
    comment TEXT NOT NULL DEFAULT '',
    date INTEGER,
    UNIQUE(revision_id, review_round, approver)
) STRICT;

-- The content is a blob of the project's git repository.
CREATE TABLE Files(
    file_id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES Revisions,
    name TEXT NOT NULL CHECK(name <> ''),
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL CHECK(length(sha256) = 64),
    blob TEXT NOT NULL,
    UNIQUE(revision_id, name)
) STRICT;

CREATE TABLE ManufacturerParts(
    manufacturer_part_id INTEGER PRIMARY KEY,
    part_id INTEGER NOT NULL REFERENCES Parts,
    manufacturer TEXT NOT NULL CHECK(manufacturer <> ''),
    mpn TEXT NOT NULL CHECK(mpn <> ''),
    status TEXT NOT NULL DEFAULT 'Active' CHECK(status IN ('Active', 'Preferred', 'Alternate', 'Obsolete')),
    description TEXT NOT NULL DEFAULT '',
    UNIQUE(part_id, manufacturer, mpn)
) STRICT;
CREATE UNIQUE INDEX ManufacturerParts_preferred ON ManufacturerParts(part_id) WHERE status = 'Preferred';
CREATE INDEX ManufacturerParts_mpn ON ManufacturerParts(mpn);

-- Events, for display.
CREATE TABLE History(
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    date INTEGER NOT NULL,
    username TEXT NOT NULL,
    action TEXT NOT NULL,
    part_id INTEGER REFERENCES Parts,
    revision_id INTEGER REFERENCES Revisions,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX History_part ON History(part_id);

-- Changes that are not in git yet, in the order of change_id; apps/parts/git/git_repository.hpp describes each action.
CREATE TABLE GitOutbox(
    change_id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision_id INTEGER NOT NULL REFERENCES Revisions,
    action TEXT NOT NULL CHECK(action IN ('save_draft', 'open_review', 'reject_review', 'release', 'obsolete')),
    number TEXT NOT NULL,
    version INTEGER NOT NULL,
    files TEXT NOT NULL DEFAULT '[]',  -- JSON: [{"path", "content"} or {"path", "blob"}]
    message TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    created_date INTEGER NOT NULL,
    applied_date INTEGER,  -- NULL: waits
    commit_hash TEXT
) STRICT;
CREATE INDEX GitOutbox_waiting ON GitOutbox(change_id) WHERE applied_date IS NULL;

INSERT INTO PartSequence VALUES(1, 10000);
INSERT INTO Workflows VALUES(1, 'standard', 'Draft, review by all approvers, release');
INSERT INTO WorkflowStates VALUES
    (1, 'Draft', 'Draft', 1), (1, 'In Review', 'In Review', 2), (1, 'Released', 'Released', 3), (1, 'Obsolete', 'Obsolete', 4);
INSERT INTO WorkflowTransitions VALUES
    (1, 'Draft', 'In Review', NULL), (1, 'In Review', 'Draft', NULL), (1, 'In Review', 'Released', NULL),
    (1, 'Released', 'Obsolete', NULL);
INSERT INTO Categories(category, subcategory, name) VALUES
    ('EL', 'RES', 'Resistors'), ('EL', 'CAP', 'Capacitors'), ('EL', 'IND', 'Inductors'), ('EL', 'DIO', 'Diodes'),
    ('EL', 'TRA', 'Transistors'), ('EL', 'ICS', 'Integrated circuits'), ('EL', 'CON', 'Connectors'),
    ('EL', 'CRY', 'Crystals and oscillators'), ('EL', 'PCB', 'Circuit boards'), ('EL', 'PCA', 'Assembled circuit boards'),
    ('EL', 'CBL', 'Cables'), ('EL', 'GEN', 'Electrical parts'), ('ME', 'SCR', 'Screws'), ('ME', 'NUT', 'Nuts'),
    ('ME', 'WSH', 'Washers'), ('ME', 'BRG', 'Bearings'), ('ME', 'GEA', 'Gears'), ('ME', 'SPR', 'Springs'),
    ('ME', 'HOU', 'Housings'), ('ME', 'PLA', 'Plates'), ('ME', 'GEN', 'Mechanical parts'), ('SW', 'FWR', 'Firmware'),
    ('SW', 'APP', 'Applications'), ('SW', 'GEN', 'Software'), ('DO', 'DRW', 'Drawings'), ('DO', 'SPC', 'Specifications'),
    ('DO', 'MAN', 'Manuals'), ('DO', 'GEN', 'Documents'), ('AS', 'SUB', 'Sub-assemblies'), ('AS', 'TOP', 'Products'),
    ('AS', 'GEN', 'Assemblies'), ('MT', 'RAW', 'Raw material'), ('MT', 'CHM', 'Chemicals'), ('MT', 'GEN', 'Material'),
    ('PK', 'BOX', 'Boxes'), ('PK', 'LBL', 'Labels'), ('PK', 'GEN', 'Packaging');
)";

constexpr sqlite::migration steps[] = {{.version = 1, .name = "parts, revisions, structure, outbox", .sql = tables}};

}  // namespace

sqlite::migration_params parts_schema() {
    return {.application_id = application_id, .steps = steps};
}

}  // namespace sluice::parts
