/// The forms that `--json` prints, as far as the tests read them.
enum Answers {
    struct Entity: Decodable {
        let id: Int
        let name: String
        let type: String
        let degree: Int
    }

    struct Neighbors: Decodable {
        struct Neighbor: Decodable {
            let id: Int
            let name: String
            let type: String
        }

        let neighbors: [Neighbor]
    }

    struct Path: Decodable { let path: [String] }

    struct Paths: Decodable { let paths: [[String]] }

    struct Hops: Decodable, Equatable {
        let levels: [Int]
        let count: Int
    }

    struct Similar: Decodable {
        struct Result: Decodable {
            let id: Int
            let name: String
            let score: Double
        }

        let results: [Result]
    }

    struct Top: Decodable {
        struct Result: Decodable, Equatable {
            let name: String
            let degree: Int
        }

        let results: [Result]
    }

    /// A snapshot's header and sections.
    struct Layout: Decodable {
        struct Section: Decodable {
            let name: String
            let offset: Int
            let length: Int
            let blocks: Int
        }

        let version: Int
        let entityCount: Int
        let relationshipCount: Int
        let stringCount: Int
        let totalSize: Int
        let sections: [Section]

        private enum CodingKeys: String, CodingKey {
            case version, sections
            case entityCount = "entity_count"
            case relationshipCount = "relationship_count"
            case stringCount = "string_count"
            case totalSize = "total_size"
        }
    }
}
