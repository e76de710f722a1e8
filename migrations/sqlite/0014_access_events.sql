-- What the person chose about sharing, as the rules ask for it. Derived from the decisions of the plan.

alter table plan add column sharing_choices text; -- core's SharingChoice, as a JSON array; none before it was derived
alter table plan add column sharing_as_of integer; -- how many changes of the decisions it was derived from
