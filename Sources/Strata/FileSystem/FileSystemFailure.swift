import Glibc

extension StrataError {
    /// A refused system call as a sentence.
    ///
    /// - Parameters:
    ///   - action: what was tried, to follow "cannot": `open the file`, `write 4096 bytes`.
    ///   - path: the file or folder that it was tried on.
    ///   - number: the system's error number.
    public static func refused(_ action: String, path: String, errno number: Int32) -> StrataError {
        let (reason, remedy) = explanation(of: number)
        return StrataError(.ioFailure, "cannot \(action): \(reason)", path: path, errno: number, remedy: remedy)
    }

    /// Why the system refused, and what a person can do about it.
    private static func explanation(of number: Int32) -> (reason: String, remedy: String?) {
        switch number {
        case ENOENT: ("there is no such file or folder", "check the path")
        case ENOTDIR: ("a part of the path is a file, not a folder", "check the path")
        case EISDIR: ("it is a folder, not a file", "name a file")
        case EEXIST: ("it exists already", "choose another name or remove it")
        case EACCES, EPERM: ("permission denied", "check the rights on it and on its folder")
        case EROFS: ("the file system is read-only", "choose a folder that can be written")
        case ENOSPC: ("no space is left on the device", "free some space or choose another device, then try again")
        case EDQUOT: ("the disk quota is used up", "free some space or choose another device, then try again")
        case EFBIG: ("the file would become larger than the system allows", "raise the file size limit (ulimit -f)")
        case EMFILE, ENFILE: ("too many files are open", "raise the limit of open files (ulimit -n)")
        case ENAMETOOLONG: ("the name is too long", "choose a shorter one")
        case ELOOP: ("the symbolic links go round in a circle", "check the links")
        case EIO: ("the device reports an error", "check the device; do not trust what was written since the last sync")
        case EXDEV: ("the two names are on different devices", "choose names in one folder")
        case ENOMEM: ("not enough memory or address space", "free some memory")
        default: (String(cString: strerror(number)), nil)
        }
    }
}
