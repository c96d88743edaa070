extension GatewayError.Code {
    /// What makes it and what to do about it, one sentence each.
    public var explanation: (cause: String, remedy: String) {
        switch self {
        case .runnerNotFound:
            (
                "`ingot-runner` is not there or cannot be executed.",
                "Put it beside `ingot`, or name it in `INGOT_RUNNER`."
            )
        case .sourcesUnusable:
            (
                "The runner describes no sources that this gateway understands.",
                "Use `ingot` and `ingot-runner` of one version; `ingot-runner describe` shows what it says."
            )
        case .dataFolderInUse:
            ("Another gateway has the data folder.", "Use that one, stop it, or give another folder with `--data`.")
        case .dataFolderUnusable:
            ("The data folder cannot be made or written.", "Look at its owner, its rights and the space on its disk.")
        case .addressUnusable:
            ("The address cannot be listened on.", "Give another with `--host` and `--port`; port 0 picks a free one.")
        case .storageUnusable:
            (
                "The stores cannot be used: their settings, their credentials or their tables are wrong.",
                "Run `ingot doctor` with the same settings, and do what it says."
            )
        case .launcherUnusable:
            (
                "The container engine or the cluster cannot be reached or refuses.",
                "Look at the socket or the kubeconfig file, and at the rights that `container/kubernetes` lists."
            )
        case .sandboxUnavailable:
            (
                "Bubblewrap is missing, or this machine lets nobody make namespaces.",
                "Install `bubblewrap`, allow user namespaces, or leave `--sandbox` out."
            )
        case .accessUnusable:
            (
                "Access is set up so that nobody or everybody could get in.",
                "Make a key before the gateway listens beyond loopback: `ingot keys create`."
            )
        case .fetchingUnusable:
            (
                "A setting of fetching cannot be used.",
                "Mend the certificate file, the proxy or the contact that it names."
            )
        }
    }
}
