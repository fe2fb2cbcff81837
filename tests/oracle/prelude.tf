# Names that the expressions use. A variable without default is unknown.
variable "unknown_any" {}
variable "unknown_string" { type = string }
variable "unknown_text" {
  type     = string
  nullable = false
}
variable "unknown_number" { type = number }
variable "unknown_bool" { type = bool }
variable "unknown_list" { type = list(string) }
variable "unknown_set" { type = set(string) }
variable "unknown_map" { type = map(string) }
variable "unknown_object" { type = object({ a = string, b = optional(number, 1) }) }

variable "secret" {
  type      = string
  default   = "s3cr3t"
  sensitive = true
}
variable "null_string" {
  type    = string
  default = null
}
variable "empty_strings" {
  type    = list(string)
  default = []
}
variable "strings" {
  type    = list(string)
  default = ["b", "a", 1, true]
}
variable "numbers" {
  type    = list(number)
  default = ["1", 2, 3.5]
}
variable "set_of_strings" {
  type    = set(string)
  default = ["b", "a", "b", 1]
}
variable "set_of_numbers" {
  type    = set(number)
  default = [10, 9, "9", 2.5, -1]
}
variable "map_of_strings" {
  type    = map(string)
  default = { b = 1, a = true, c = "x" }
}
variable "map_of_numbers" {
  type    = map(number)
  default = { b = "1", a = 2 }
}
variable "port" {
  type    = number
  default = "443"
}
variable "flag" {
  type    = bool
  default = "true"
}
variable "text" {
  type    = string
  default = 12.50
}
variable "anything" {
  type    = any
  default = { a = [1, "x"], b = null }
}
variable "list_of_any" {
  type    = list(any)
  default = [1, "x", true]
}
variable "map_of_any" {
  type    = map(any)
  default = { a = 1, b = "x" }
}
variable "pair" {
  type    = tuple([string, number])
  default = [1, "2"]
}
variable "server" {
  type = object({
    name  = string
    size  = optional(number, 10)
    tags  = optional(map(string), { team = "core" })
    disk  = optional(object({ type = optional(string, "gp3"), encrypted = optional(bool, true), iops = optional(number) }), {})
    notes = optional(string)
  })
  default = { name = "web", size = null, extra = "dropped", disk = { iops = "3000" } }
}
variable "servers" {
  type = list(object({
    name = string
    on   = optional(bool, true)
    size = optional(number)
    deep = optional(object({ x = optional(string, "d") }), {})
  }))
  default = [{ name = 7, extra = 1 }, { name = "b", on = "false", size = "3", deep = { x = "e" } }, { name = "n", on = null, deep = null }]
}
variable "servers_by_name" {
  type    = map(object({ port = optional(number, 80), paths = optional(list(string), ["/"]) }))
  default = { web = {}, api = { port = "8080", paths = ["/v1", 2] } }
}
variable "set_of_objects" {
  type    = set(object({ name = string, on = optional(bool, false) }))
  default = [{ name = "b" }, { name = "a", on = true }, { name = "b", on = false }]
}
variable "nested_optional" {
  type    = object({ a = optional(object({ b = optional(list(object({ c = optional(number, 5) })), [{}]) }), {}) })
  default = {}
}

locals {
  users = [{ name = "ann", age = 30, tags = ["x", "y"] }, { name = "bob", age = 25, tags = [] }]
  map   = { x = 1, y = 2, z = 3 }
  mixed = { s = "text", n = 1.5, b = false, l = [1, 2], o = { k = "v" }, z = null }
  none  = null
  tuple = ["a", 1, true, null]
  json  = "{\"a\":[1,2.5,\"x\",null,true],\"b\":{\"c\":\"<&>\"}}"
}
