BEGIN TRANSACTION;
CREATE TABLE builds (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	started_at DOUBLE NOT NULL, 
	ended_at DOUBLE, 
	state TEXT NOT NULL, 
	code TEXT NOT NULL, 
	message TEXT NOT NULL, 
	remedy TEXT NOT NULL, 
	deliveries INTEGER NOT NULL, 
	moved TEXT NOT NULL, 
	missed TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "builds" VALUES('b1','emails','webhook',1700000003.0,1700000010.0,'done','','','',1,'{}','[]');
CREATE TABLE deliveries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	event TEXT NOT NULL, 
	known BOOLEAN NOT NULL, 
	items TEXT NOT NULL, 
	received_at DOUBLE NOT NULL, 
	last_at DOUBLE NOT NULL, 
	copies INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	build TEXT NOT NULL, 
	done_at DOUBLE, 
	body BLOB NOT NULL, 
	UNIQUE (project, "key")
);
INSERT INTO "deliveries" VALUES(1,'emails','ANNOTATION_CREATED:1','ANNOTATION_CREATED',1,'["7"]',1700000000.5,1700000001.5,2,'done','b1',1700000010.0,X'7801AB564A4C2EC9CCCF53B25272F4F3F30F710CF1F4F78B770E72750C717551AA05009E04098B');
INSERT INTO "deliveries" VALUES(2,'emails','ANNOTATION_UPDATED:2','ANNOTATION_UPDATED',1,'["8"]',1700000002.5,1700000002.5,1,'new','',NULL,X'7801AB564A4C2EC9CCCF53B25272F4F3F30F710CF1F4F78B770E72750C717551AA05009E04098B');
CREATE TABLE events (
	id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	project TEXT NOT NULL, 
	type TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "events" VALUES('e1','dataset.published:emails:sft:1','emails','dataset.published',1700000010.0,'{"dataset":"sft","version":1}');
CREATE TABLE items (
	project TEXT NOT NULL, 
	item TEXT NOT NULL, 
	complete BOOLEAN NOT NULL, 
	PRIMARY KEY (project, item)
);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT, 
	PRIMARY KEY ("key")
);
CREATE TABLE nodes (
	id TEXT NOT NULL, 
	version TEXT NOT NULL, 
	started_at DOUBLE NOT NULL, 
	seen_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE sends (
	event TEXT NOT NULL, 
	target TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_at DOUBLE NOT NULL, 
	held_until DOUBLE NOT NULL, 
	status INTEGER NOT NULL, 
	error TEXT NOT NULL, 
	sent_at DOUBLE, 
	PRIMARY KEY (event, target)
);
INSERT INTO "sends" VALUES('e1','team','dead',10,0.0,0.0,500,'HTTP 500',NULL);
CREATE TABLE versions (
	project TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	build TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	published BOOLEAN NOT NULL, 
	gate TEXT NOT NULL, 
	measure TEXT NOT NULL, 
	agreement DOUBLE, 
	threshold DOUBLE, 
	counts TEXT NOT NULL, 
	problems TEXT NOT NULL, 
	files TEXT NOT NULL, 
	PRIMARY KEY (project, dataset, number)
);
INSERT INTO "versions" VALUES('emails','sft',1,'b1',1700000010.0,1,'passed','alpha',0.81,0.7,'{}','{}','[]');
CREATE INDEX deliveries_waiting ON deliveries (project, state, received_at);
CREATE INDEX builds_by_project ON builds (project, started_at);
CREATE INDEX events_by_project ON events (project, at);
CREATE INDEX sends_due ON sends (state, next_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('deliveries',2);
COMMIT;
